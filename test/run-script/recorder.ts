import type { IncomingMessage } from 'node:http'
import { JSON_SIGNATURE_CODES, verifySignature } from '../sandbox/aws/sigv4.ts'
import type { Service } from '../sandbox/aws/hosts.ts'
import { readBody } from '../sandbox/aws/read-body.ts'
import { readBearer } from '../sandbox/entra/bearer.ts'
import type { StandIn } from '../sandbox/stand-in.ts'
import type { World } from '../sandbox/world.ts'

/** A request that a script has sent, as it arrived. */
export type Recorded = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** What let it in, verified: `token for …`, `signed for …`, or `none`. */
  readonly credential: string
}

export type Answer = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Stands for every service that the sandbox has none for: keeps what it was asked, and answers as the test says. */
export type Recorder = {
  readonly standIn: (world: World) => StandIn
  /** What has come since the last call. */
  fresh(): readonly Recorded[]
  /** Answers the next requests, in their order; after these all are answered with 200 and `{}`. */
  answer(...answers: readonly Answer[]): void
}

const hosts =
  /^(management\.azure\.com|graph\.microsoft\.com|api\.loganalytics\.io|[a-z0-9-]+\.vault\.azure\.net|contosodata\.blob\.core\.windows\.net|(ecs|lambda|s3)\.[a-z0-9-]+\.amazonaws\.com|[a-z]+\.contoso\.example|evil\.example)$/

/** Opens a recorder; its stand-in comes before those of the sandbox. */
export function createRecorder(): Recorder {
  const recorded: Recorded[] = []
  const answers: Answer[] = []
  return {
    standIn: (world) => ({
      name: 'recorder',
      owns: (host) => hosts.test(host),
      handle: async (request, response, host) => {
        const body = (await readBody(request, 1_000_000)) ?? Buffer.alloc(0)
        const { method = '', url = '' } = request
        const credential = credentialOf(world, { request, body, host })
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        )
        recorded.push({ method, url: `https://${host}${url}`, headers, body: body.toString(), credential })
        const answer = answers.shift() ?? {}
        const text = JSON.stringify(answer.body ?? {})
        const bodiless = answer.status === 204
        response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
        response.end(bodiless ? undefined : text)
      },
    }),
    fresh: () => recorded.splice(0),
    answer: (...next) => {
      answers.splice(0, answers.length, ...next)
    },
  }
}

type Arrived = { readonly request: IncomingMessage; readonly body: Buffer; readonly host: string }

function credentialOf(world: World, { request, body, host }: Arrived): string {
  const authorization = request.headers.authorization ?? ''
  if (authorization === '') return 'none'
  if (authorization.startsWith('Bearer ')) {
    const bearer = readBearer(world, request)
    return bearer.kind === 'valid' ? `token for ${bearer.claims.aud}` : `${bearer.kind} token`
  }
  const [service = '', region = ''] = host.split('.')
  try {
    const trace = { checks: [] }
    // The verifier knows by name the services that the sandbox has; it verifies any.
    const call = { request, body, service: service as Service, region, codes: JSON_SIGNATURE_CODES, trace }
    const { roleName } = verifySignature(world, call)
    return `signed for ${service} in ${region} by ${roleName}`
  } catch (error) {
    return `refused: ${String(error)}`
  }
}
