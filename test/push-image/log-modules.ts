import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename } from 'node:path'

// Preloaded into a step program by a test: names every module that it loads from the bundle.
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith('file:')) writeSync(2, `module ${basename(url)}\n`)
    return next(url, context)
  },
})
