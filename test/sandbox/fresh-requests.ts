import type { Sandbox } from './sandbox.ts'

/** Tells at each call what the stand-ins were asked since the one before, a line each: stand-in, method, path, status, refusal. */
export function freshRequests(sandbox: Sandbox): () => string[] {
  let seen = 0
  return () => {
    const fresh = sandbox.journal.entries.slice(seen)
    seen = sandbox.journal.entries.length
    return fresh.map(({ standIn, method, path, status, refused }) =>
      [standIn, method, path, status, refused ?? ''].join(' ').trimEnd(),
    )
  }
}
