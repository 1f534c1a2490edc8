import type { World } from '../world.ts'
import { createSts } from './sts.ts'
import { REGION, ROLE_ARN, serve } from './test-cloud.ts'

export const STS_HOST = `sts.${REGION}.amazonaws.com`

/** An answer of STS, with the elements that tests look at. */
export type StsAnswer = {
  readonly status: number
  readonly headers: Headers
  readonly xml: string
  readonly code: string | undefined
  readonly message: string | undefined
  /** The text of the first element of this name, entities resolved. */
  element(name: string): string | undefined
}

const ENTITIES: readonly (readonly [string, string])[] = [
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&amp;', '&'],
]

const unescape = (text: string): string =>
  ENTITIES.reduce((done, [entity, character]) => done.replaceAll(entity, character), text)

const readAnswer = async (response: Response): Promise<StsAnswer> => {
  const xml = await response.text()
  const element = (name: string): string | undefined => {
    const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
    return text === undefined ? undefined : unescape(text)
  }
  const { status, headers } = response
  return { status, headers, xml, code: element('Code'), message: element('Message'), element }
}

/** Sends a raw request to a world's STS. */
export const callSts = async (world: World, init: RequestInit, path = '/'): Promise<StsAnswer> => {
  await using sts = await serve(createSts(world), STS_HOST)
  return readAnswer(await fetch(`${sts.url}${path}`, init))
}

/** The form of a call, with what is not given taken as usual; undefined leaves a parameter out. */
export const assumeForm = (parameters: Readonly<Record<string, string | undefined>>): URLSearchParams => {
  const all = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ROLE_ARN,
    RoleSessionName: 'build-7',
    ...parameters,
  }
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(all)) if (value !== undefined) form.set(name, value)
  return form
}

/** Assumes the test role with a token, unsigned, as a form. */
export const assume = async (
  world: World,
  token: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
): Promise<StsAnswer> =>
  callSts(world, { method: 'POST', body: assumeForm({ WebIdentityToken: token, ...parameters }) })
