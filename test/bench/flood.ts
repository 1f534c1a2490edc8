/**
 * Asks the broker as a command's SDKs do, as fast as it is answered: `flood.ts AWS|Azure COUNT CONNECTIONS`. Prints the figures as JSON; fails
 * when an answer is no credential.
 */
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { percentile } from './statistics.ts'

const [cloud = '', count = '', connections = ''] = process.argv.slice(2)
const { env } = process
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })

const asked: Readonly<Record<string, () => { readonly url: string; readonly headers: Record<string, string> }>> = {
  AWS: () => ({
    url: env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '',
    headers: { authorization: readFileSync(env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '', 'utf8') },
  }),
  Azure: () => ({
    url: `${env['IDENTITY_ENDPOINT']}?api-version=2019-08-01&resource=https://vault.azure.net`,
    headers: { 'x-identity-header': env['IDENTITY_HEADER'] ?? '' },
  }),
}
const request = asked[cloud]?.()
if (request === undefined) throw new Error('the first argument is AWS or Azure')

async function ask(url: string, headers: Record<string, string>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      response.resume().on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`the broker answered ${response.statusCode}`))
      })
    }).on('error', reject)
  })
}

const waits: number[] = []
let left = Number(count)
const began = performance.now()
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    for (; left > 0;) {
      left -= 1
      const sent = performance.now()
      await ask(request.url, request.headers)
      waits.push(performance.now() - sent)
    }
  }),
)
const wallMs = performance.now() - began
agent.destroy()
process.stdout.write(JSON.stringify({ count: waits.length, wallMs, p99Ms: percentile(waits, 99) }))
