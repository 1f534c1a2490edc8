import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { createLink } from './link.ts'
import { scriptGlobals } from './script-globals.ts'
import { failureOf, placeIn, SyntaxFault } from './script-failure.ts'
import type { Start } from './wire.ts'
import { mayUseZx } from './zx-names.ts'

/** What ends a script that is only to be read, before its first line. */
const checked = Symbol.for('tekton-entra.checked')

/** The exit status of Node for a program that waits for something that never comes. */
const waitsForever = 13

/**
 * The life of the process that a script runs in: the script comes by the channel, never by a file, so that it is the one whose hash is recorded.
 * Resolves with the exit status when nothing is left to do.
 */
export async function runScriptProcess(host: NodeJS.Process): Promise<number> {
  const link = createLink(host)
  const script = await link.start
  let isDone = false
  const fail = (error: unknown) => link.tell(failureOf(error, script.name), () => host.exit(1))
  host.on('uncaughtException', fail)
  // Who started us is gone: nobody keeps the record of what would be done now.
  host.on('disconnect', () => host.exit(1))
  const over = new Promise<number>((resolve) => {
    host.once('beforeExit', () => resolve(isDone ? Number(host.exitCode ?? 0) : waitsForever))
  })
  Object.assign(globalThis, scriptGlobals(script, link))
  if (mayUseZx(script.text)) Object.assign(globalThis, (await import('./zx-globals.ts')).zxGlobals(script.hasShell))
  runModule(script).then(
    () => (isDone = true),
    (error: unknown) => {
      isDone = true
      if (error !== checked) fail(error)
    },
  )
  return await over
}

/** As a module under a name of its own, so that errors point at its own lines. */
async function runModule({ name, text, check }: Start): Promise<void> {
  const url = `script:///${encodeURIComponent(name)}`
  // On the first line, which so stays the first.
  const source = `${check ? `throw Symbol.for('${checked.description}');` : ''}${javaScriptOf(name, text)}`
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === url) return { url, shortCircuit: true }
      if (context.parentURL !== url || specifier.startsWith('node:')) return next(specifier, context)
      throw new SyntaxFault(
        `it imports ${specifier}: there is nothing to import but Node's own modules, as node:fs`,
        name,
      )
    },
    load: (asked, context, next) => {
      return asked === url ? { format: 'module', source, shortCircuit: true } : next(asked, context)
    },
  })
  try {
    await import(url)
  } catch (error) {
    // Only what V8 says while it reads the module has no line of the script in its stack.
    const isRead = error instanceof SyntaxError && !error.stack?.includes(url)
    throw isRead ? new SyntaxFault(error.message, placeIn(source, name)) : error
  }
}

/** Types are taken away in place: every line and column stays where it is. */
function javaScriptOf(name: string, text: string): string {
  if (/\.m?js$/.test(name)) return text
  try {
    return stripTypeScriptTypes(text, { mode: 'strip' })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const line = /^\S*?:(\d+)\n/.exec(error.stack ?? '')?.[1]
    throw new SyntaxFault(error.message, line === undefined ? name : `${name}:${line}`)
  }
}
