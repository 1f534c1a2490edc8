import { run } from './probe.ts'

// What the local run starts in the place of the image's `/nodejs/bin/node /app/main.js`; the first argument is the program's name.
process.exitCode = await run(process.argv.slice(3))
