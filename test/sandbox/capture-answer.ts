const HEAD_END = '\r\n\r\n'

/** An HTTP/1.1 answer that was taken off the wire whole. */
export type CapturedAnswer = {
  readonly status: number
  /** Without those that frame the body. */
  readonly headers: Record<string, string | string[]>
  readonly body: Buffer
}

const FRAMING: readonly string[] = ['transfer-encoding', 'content-length', 'connection', 'keep-alive']

/** Reads the bytes of one answer as Node's server writes them; undefined when it was not finished. */
export function captureAnswer(wire: Buffer): CapturedAnswer | undefined {
  const bodyAt = wire.indexOf(HEAD_END)
  if (bodyAt < 0) return undefined
  const [statusLine = '', ...lines] = wire.subarray(0, bodyAt).toString('latin1').split('\r\n')
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])
  const isChunked = pairs.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked')
  const raw = wire.subarray(bodyAt + HEAD_END.length)
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: headersOf(pairs),
    body: isChunked ? unchunk(raw) : raw,
  }
}

function headersOf(pairs: readonly (readonly string[])[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name = '', value = ''] of pairs) {
    if (FRAMING.includes(name)) continue
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : [earlier, value].flat()
  }
  return headers
}

/** RFC 9112 §7.1; Node writes neither chunk extensions nor, here, trailers. */
function unchunk(raw: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.subarray(at, lineEnd).toString('latin1'), 16)
    if (lineEnd < 0 || !(size > 0)) return Buffer.concat(chunks)
    chunks.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
