import { constants } from 'node:fs'
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const { open } = files
const room = Number(process.env['TEST_SCRATCH_BYTES'])

// Preloaded into a step program by a test: a disk that takes only so many bytes of a new file.
async function openOnFullDisk(...given: Parameters<typeof open>): ReturnType<typeof open> {
  const handle = await open(...given)
  if ((Number(given[1]) & constants.O_EXCL) === 0) return handle
  let left = room
  const write = handle.write.bind(handle) as (...args: readonly unknown[]) => Promise<{ bytesWritten: number }>
  const limited = async (...args: readonly unknown[]): Promise<{ bytesWritten: number }> => {
    if (left <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const written = await write(...args)
    left -= written.bytesWritten
    return written
  }
  return Object.assign(handle, { write: limited })
}
Object.assign(files, { open: openOnFullDisk })
syncBuiltinESMExports()
