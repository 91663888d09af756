/** Light or dark: as the system has it, or as the reader chose for as long as the page is open. */

export function offerThemes() {
  for (const choice of document.querySelectorAll("input[name=theme]")) {
    choice.addEventListener("change", () => {
      if (choice.value === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = choice.value;
    });
  }
}
