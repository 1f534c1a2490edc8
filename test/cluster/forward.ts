// Carries connections from one place to another, both given as `tcp:PORT` on 127.0.0.1 or `unix:PATH`: the API server's port leads from this
// machine to a socket, and from the socket into the cluster's network. So nothing of the machine's network is changed.
import { createConnection, createServer, type NetConnectOpts } from 'node:net'

const [from = '', to = ''] = process.argv.slice(2)

function placeOf(text: string): NetConnectOpts & { readonly path?: string } {
  const [, kind, rest = ''] = /^(tcp|unix):(.+)$/.exec(text) ?? []
  if (kind === undefined) throw new Error(`forward.ts takes FROM and TO as tcp:PORT or unix:PATH, got "${text}"`)
  return kind === 'unix' ? { path: rest } : { host: '127.0.0.1', port: Number(rest) }
}

const server = createServer((near) => {
  const far = createConnection(placeOf(to))
  // A side that ends is passed on by the pipes, after what it has sent; one that breaks takes the other with it.
  near.on('error', () => far.destroy())
  far.on('error', () => near.destroy())
  near.pipe(far).pipe(near)
})
server.listen(placeOf(from))
