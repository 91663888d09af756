/** Where there is room for a column of settings; the style sheets say the same. */
export const WIDE = "(min-width: 60rem)";
