import { isIP } from 'node:net'
import { httpUrl, isLoopback, LOOPBACK } from '../../test/sandbox/listen.ts'
import { CliError } from './cli-error.ts'
import { readTextFile } from './clouds.ts'
import type { Given, Option } from './command.ts'

/** Where the sandbox listens, and how it is found there. */
export type Listening = {
  readonly address: string
  readonly port: number
  readonly controlPort: number
  /** How clients name the host of the proxy, when it is not the address. */
  readonly advertised: string | undefined
  /** Random when absent. */
  readonly controlToken: string | undefined
}

/** Options of `sandbox` that say where it listens. */
export const listenOptions: Readonly<Record<string, Option>> = {
  port: { takes: 'N', summary: 'Port of the proxy. Default: 0, any free one.' },
  listen: {
    takes: 'ADDRESS',
    summary: `IP address that proxy and control address listen on. Default: ${LOOPBACK}. Beyond loopback, as with 0.0.0.0, others than this machine reach them.`,
  },
  advertise: {
    takes: 'HOST',
    summary: 'Name or address by which clients reach the proxy, such as a Service. Default: that of --listen.',
  },
  'control-port': { takes: 'N', summary: 'Port of the control address. Default: 0, any free one.' },
  'control-token-file': {
    takes: 'FILE',
    summary: 'File with the token of the control address, for those who do not see the state folder. Default: random.',
  },
}

/** Reads them. Throws all faults at once. */
export async function readListening(given: Given): Promise<Listening> {
  const faults: string[] = []
  const listening = {
    address: readAddress(given, faults),
    port: readPort(given, 'port', faults),
    controlPort: readPort(given, 'control-port', faults),
    advertised: readHost(given, faults),
    controlToken: await readToken(given, faults),
  }
  if (faults.length > 0) throw new CliError(faults, { remedy: 'npx tekton-entra sandbox --help' })
  return listening
}

/** The proxy's URL as clients are told it. */
export function advertisedUrl(url: string, { advertised }: Listening): string {
  return advertised === undefined ? url : httpUrl(advertised, new URL(url).port)
}

/** What it means that others reach the sandbox; undefined where nobody does. */
export function listeningWarning({ address }: Pick<Listening, 'address'>): string | undefined {
  if (isLoopback(address)) return undefined
  return [
    `proxy and control address listen on ${address}, where others than this machine reach them.`,
    'Everybody who does is a client of these clouds; who also has the control token, which travels unencrypted, mints tokens and reads every secret of theirs.',
    'Keep real secrets out of the state.',
  ].join(' ')
}

function readAddress(given: Given, faults: string[]): string {
  const text = given.text('listen') ?? LOOPBACK
  if (isIP(text) === 0) faults.push(`--listen: got "${text}", expected an IP address such as 0.0.0.0`)
  return text
}

function readPort(given: Given, option: string, faults: string[]): number {
  const text = given.text(option) ?? '0'
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    faults.push(`--${option}: got "${text}", expected a number from 0 to 65535`)
  return port
}

function readHost(given: Given, faults: string[]): string | undefined {
  const text = given.text('advertise')
  if (text !== undefined && isIP(text) === 0 && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text))
    faults.push(`--advertise: got "${text}", expected a host name or an IP address, without port`)
  return text
}

/** As long as a random one, and of characters that a header carries as they are (RFC 6750 §2.1). */
async function readToken(given: Given, faults: string[]): Promise<string | undefined> {
  const file = given.text('control-token-file')
  if (file === undefined) return undefined
  const token = (await readTextFile(file)).trim()
  if (!/^[\w.~+/-]{32,}=*$/.test(token))
    faults.push(`--control-token-file: ${file} holds no token of 32 or more letters, digits and - . _ ~ + /`)
  return token
}
