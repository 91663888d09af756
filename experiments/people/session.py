"""A person's session from its first question to its end."""

from collections.abc import Mapping
from typing import Any

from experiments.people.screen import Screen
from experiments.people.thread import PlaySettings, PlayThread

LOADING = "loading the world, the text embedding model and the memories"


def play_session(screen: Screen, name: str, wanted: Mapping[str, Any]) -> None:
    """Plays on the thread of this name until the session or the input ends."""
    with PlayThread(name) as thread:
        begun = thread.settings
        settings = (
            PlaySettings.resumed(begun, wanted, name) if begun else PlaySettings.parsed(wanted)
        )
        try:
            with screen.waiting(LOADING):
                thread.start(settings)
            screen.show_start(settings.world, settings.arm, settings.model, resumed=bool(begun))
            item = answer = ""
            while thread.question:
                item = thread.question["item"]
                said = screen.ask(thread.question, thread.values)
                if said is None:
                    return
                answer = said
                with screen.waiting("thinking"):
                    thread.answer(answer)
            screen.show_end(thread.values, item, answer)
        except KeyboardInterrupt:
            screen.end_line()
            raise
        finally:
            if thread.begun and thread.unfinished:
                screen.show_resume(f"billp play --thread {name}")
