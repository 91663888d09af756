"""A conversation: what a person's message means, what follows from it, and what is answered."""

from nodes.chat.answer import answer
from nodes.chat.context import ChatContext
from nodes.chat.listen import arrive_talking, listen
from nodes.chat.message import newest_human
from nodes.chat.state import ChatInput, ChatState
