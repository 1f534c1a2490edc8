import { request } from 'node:http'
import { envName } from '../lib/step/define-step.ts'
import { addressOf } from './front.ts'

/** The kubelet asks often: this must be quick. */
const withinMs = 4000

/** The program of the broker's probes: Pod Security `restricted` allows no probe of a port on the pod's loopback. Gives the exit status. */
export async function probeBroker(host: NodeJS.Process): Promise<number> {
  const url = `${addressOf(Number(host.env[envName('PARAM', 'port')]))}/ready`
  return await new Promise((resolve) => {
    const asking = request(url, { agent: false, signal: AbortSignal.timeout(withinMs) })
    asking.on('error', () => resolve(1))
    asking.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? 0 : 1)
    })
    asking.end()
  })
}
