import { writeNoiseLayout } from './noise-layout.ts'
import { writeSampleLayout } from '../../sandbox/sample-image.ts'

const usage = 'usage: fill <folder> [seed] [bytes]\n'

/**
 * `fill <folder> [seed] [bytes]`: writes an OCI image layout of one image into the folder and prints its digest. Another seed gives another
 * digest; with `bytes` its one layer is a file of that many bytes, which nothing compresses.
 */
export async function fill(
  args: readonly string[],
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
): Promise<number> {
  const [folder = '', seed = '', bytes, ...rest] = args
  if (folder === '' || rest.length > 0 || (bytes !== undefined && !/^\d{1,12}$/.test(bytes))) {
    stderr.write(usage)
    return 64
  }
  const digest =
    bytes === undefined
      ? await writeSampleLayout(folder, { layers: [{ hello: `hello ${seed}\n` }] })
      : await writeNoiseLayout(folder, { seed, bytes: Number(bytes) })
  stdout.write(`${digest}\n`)
  return 0
}
