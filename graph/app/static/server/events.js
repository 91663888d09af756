/** Server-sent events of a response's body: `{event, data}`, with the data parsed as JSON. */
export async function* eventsOf(body) {
  let rest = "";
  let block = { event: "", data: [] };
  for await (const text of texts(body)) {
    const lines = (rest + text).split(/\r\n|\n|\r(?=.)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line) addLine(block, line);
      else {
        if (block.data.length) yield { event: block.event, data: JSON.parse(block.data.join("\n")) };
        block = { event: "", data: [] };
      }
    }
  }
}

function addLine(block, line) {
  const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
  if (name === "event") block.event = value;
  else if (name === "data") block.data.push(value); // a name that is empty marks a comment
}

async function* texts(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => {}); // the caller is done with it, or it has failed already
  }
}
