import { existsSync, rmSync } from 'node:fs'

const { SEALED_FOLDER: folder = '', TEST_BROKER_DIES: when = '' } = process.env

// Preloaded into our programs by a test: a broker that is killed at once, or when the test says so, as the kernel does when memory is out.
if (process.argv[2] === 'run-with-identity') {
  if (when === 'at once') process.kill(process.pid, 'SIGKILL')
  setInterval(() => {
    if (!existsSync(`${folder}/die`)) return
    rmSync(`${folder}/die`)
    process.kill(process.pid, 'SIGKILL')
  }, 20).unref()
}
