"""A Llama of random weights behind an OpenAI-compatible server: it speaks nothing but nonsense."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from nodes.prompts import SYSTEM

CONTEXT, NEW_TOKENS, VOCABULARY = 1024, 24, 400
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "<|assistant|>"
)


class TinyModel:
    """Made on the spot: its words are learned from the system prompt, its weights are chance."""

    def __init__(self) -> None:
        tokenizer = Tokenizer(BPE())
        tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
        tokenizer.decoder = ByteDecoder()
        alphabet = ByteLevel.alphabet()
        trainer = BpeTrainer(
            vocab_size=VOCABULARY, initial_alphabet=alphabet, special_tokens=["<|end|>"]
        )
        tokenizer.train_from_iterator([SYSTEM], trainer)
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, eos_token="<|end|>", chat_template=TEMPLATE
        )
        torch.manual_seed(0)
        self.model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(self.tokenizer),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=CONTEXT + NEW_TOKENS,
                eos_token_id=self.tokenizer.eos_token_id,
                pad_token_id=self.tokenizer.eos_token_id,
            )
        ).eval()
        self._lock = threading.Lock()

    def speak(self, messages: list[dict[str, str]], temperature: float) -> tuple[str, int, int]:
        """Its nonsense, and how many tokens were read and written."""
        prompt = self.tokenizer.apply_chat_template(messages, tokenize=False)
        read = self.tokenizer(prompt, return_tensors="pt").input_ids[:, -CONTEXT:]
        with self._lock, torch.inference_mode():
            ids = self.model.generate(
                read,
                attention_mask=torch.ones_like(read),
                max_new_tokens=NEW_TOKENS,
                do_sample=True,
                temperature=max(temperature, 0.1),
            )
        written = ids[0, read.shape[1] :]
        text = self.tokenizer.decode(written, skip_special_tokens=True)
        return text, read.shape[1], len(written)


class TinyModelServer(ThreadingHTTPServer):
    """Speaks as OpenAI's chat completions do, and keeps what it was asked and what it said."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TinyModelHandler)
        self.model = TinyModel()
        self.asked: list[str] = []
        self.said: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class TinyModelHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TinyModelServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text, read, written = self.server.model.speak(asked["messages"], asked["temperature"])
        self.server.asked.append(asked["messages"][-1]["content"])
        self.server.said.append(text)
        end = "length" if written == NEW_TOKENS else "stop"
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": read, "completion_tokens": written}
        self._send(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": asked["model"],
                "choices": [{"index": 0, "finish_reason": end, "message": message}],
                "usage": {**usage, "total_tokens": read + written},
            }
        )

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _send(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
