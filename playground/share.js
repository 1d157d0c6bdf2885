// A policy and its tests as the last part of a link, which a browser never sends; and back.

const MOST = 1 << 20; // characters of what is opened

const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream));

export async function fragment(content) {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const packed = new Uint8Array(await through(bytes, new CompressionStream("deflate-raw")).arrayBuffer());
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return `#p=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** What a link holds; null where it holds nothing. Throws where it cannot be read. */
export async function opened(hash) {
  if (!hash.startsWith("#p=")) return null;
  const binary = atob(hash.slice(3).replaceAll("-", "+").replaceAll("_", "/"));
  const reader = through(Uint8Array.from(binary, (char) => char.charCodeAt(0)), new DecompressionStream("deflate-raw")).body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += decoder.decode(value ?? new Uint8Array(), { stream: !done });
    if (text.length > MOST) { await reader.cancel(); throw new Error("it is too long"); }
    if (done) break;
  }
  const { policy, tests } = JSON.parse(text);
  if (typeof policy !== "string") throw new Error("it holds no policy");
  return { policy, tests: typeof tests === "string" ? tests : "" };
}
