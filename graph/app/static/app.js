/** The page: its views by name, and which one the address asks for. */

import { offerThemes } from "./page/theme.js";
import { Router } from "./page/router.js";
import { banner } from "./page/say.js";
import { askToken } from "./page/token.js";
import { Server } from "./server/server.js";
import { MemoriesView } from "./views/memories.js";
import { PlayView } from "./views/play.js";
import { RunsView } from "./views/runs.js";
import { WatchView } from "./views/watch.js";

/** A view has a title, and a class with `element` and `show(parts of the address)`. */
const VIEWS = {
  watch: { title: "Watch", View: WatchView },
  play: { title: "Play", View: PlayView },
  runs: { title: "Runs", View: RunsView },
  memories: { title: "Memories", View: MemoriesView },
};

const server = new Server({
  base: location.pathname.replace(/\/app\/?$/, ""),
  askToken,
  onWait: (seconds) =>
    banner(seconds ? `The server is busy and asks to wait ${seconds} s; then this goes on by itself.` : ""),
});

offerThemes();
new Router(VIEWS, server).start();
