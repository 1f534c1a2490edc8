import type { RecordDraft, RunContext } from '../audit/record.ts'
import type { RecordSink } from '../audit/record-sink.ts'
import { systemClock } from '../core/clock.ts'
import { stepError, type Fault } from '../core/errors.ts'
import type { Patience } from '../core/retry.ts'
import type { BucketHost } from '../aws/bucket-host.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from '../federation/identity-inputs.ts'
import { createHttpClient, type HttpClient } from '../http/client.ts'
import { trustCertificates } from '../http/trust.ts'
import { defineStep, type StepDefinition } from './define-step.ts'
import { identityParams } from './identity-params.ts'
import { identityOf, sharedIdentityParams, sideIdentityParams, sideSpelling } from './identity-sides.ts'
import { parseInputs } from './inputs.ts'
import { readNetwork, type Network } from './network.ts'
import { sideFaults, sideParams } from './side-params.ts'
import type { SinkSettings } from './sink-settings.ts'
import { tokensOf, userAgentOf } from './step-call.ts'
import type { FederationNeeds } from './open-federation.ts'

/** What the way to a sink is opened with. It needs nothing of the step's own inputs: the records of refused calls go there too. */
export type SinkOpening = {
  readonly step: string
  /** Of a step that acts as two: the one whose records these are. */
  readonly side?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly context: RunContext
  readonly record: RecordDraft
  readonly patience: Patience
}

/** A token of Entra for an API; nothing in AWS is written to. */
const entraUse: IdentityUse = { entra: true, aws: false, places: [] }

/** As whom a sink is written to: the step's own identity, read once more, as the step's inputs may have been faulty. */
function writerOf(side: string | undefined, use: IdentityUse): StepDefinition {
  const params =
    side === undefined ? identityParams : { ...sideParams(side, sideIdentityParams), ...sharedIdentityParams }
  return defineStep({
    name: 'record-sink',
    summary: 'Who writes to the record sink.',
    params: withoutIdle(params),
    workspaces: {},
    results: {},
    token: true,
    ...(side === undefined ? {} : { mainSide: side }),
    check: (inputs) => {
      const faults = checkIdentity(identityOf(side, inputs), use)
      return side === undefined ? faults : sideFaults({ side, params: sideIdentityParams }, faults)
    },
  })
}

/** The record of a run that was refused for an idle param goes to the sink, too. */
function withoutIdle(params: StepDefinition['params']): StepDefinition['params'] {
  return Object.fromEntries(Object.entries(params).map(([name, { idleWith: _idle, ...param }]) => [name, param]))
}

/**
 * Opens the way to the sink; what it is written to with is in the record from now on. Throws INPUT_INVALID, TOKEN_*, ENTRA_*, AWS_*,
 * NETWORK_*.
 */
export async function openSink(settings: SinkSettings, opening: SinkOpening): Promise<RecordSink> {
  const { url, mode, resource, place } = settings
  const { caCertificates, ...proxy } = networkOf(opening)
  if (caCertificates !== '') trustCertificates(caCertificates)
  const userAgent = userAgentOf(opening.step, opening.context)
  const http = createHttpClient({ userAgent, proxy, plainHttp: url.protocol === 'http:' })
  const now = () => systemClock.now()
  if (place.kind === 'bucket') return await openBucket(url, place.bucket, { http, opening })
  if (place.kind === 'rule') {
    const { secret: token, objectId: principal } = await obtainToken(place.resource, http, opening)
    const { createIngestionSink } = await import('../sink/ingestion-sink.ts')
    return createIngestionSink({ url, token, principal, http, now })
  }
  const access =
    resource === undefined ? undefined : { resource, token: (await obtainToken(resource, http, opening)).secret }
  const { createHttpSink } = await import('../sink/http-sink.ts')
  return createHttpSink({ url, mode, access, http, now })
}

function networkOf({ env }: SinkOpening): Network {
  const faults: Fault[] = []
  const network = readNetwork(env, faults)
  if (faults.length > 0) throw stepError('INPUT_INVALID', { count: 'a way to the clouds' }, { faults })
  return network
}

async function obtainToken(resource: string, http: HttpClient, opening: SinkOpening) {
  return await (await openWriter(entraUse, http, opening)).federation.entraToken(resource)
}

/** A session that may put objects there and nothing else, whatever the role may do. */
async function openBucket(
  url: URL,
  bucket: BucketHost,
  { http, opening }: { readonly http: HttpClient; readonly opening: SinkOpening },
): Promise<RecordSink> {
  const { bucketUse } = await import('./bucket-session.ts')
  const { inputs, federation } = await openWriter(bucketUse(bucket), http, opening)
  const { openBucketSink } = await import('./open-bucket-sink.ts')
  return await openBucketSink(url, { bucket, inputs, federation, context: opening.context, side: opening.side })
}

async function openWriter(use: IdentityUse, http: HttpClient, opening: SinkOpening) {
  const { env, record, context, patience, side } = opening
  const inputs: IdentityInputs = identityOf(side, parseInputs(writerOf(side, use), { env, args: [] }).inputs)
  const { openFederation } = await import('./open-federation.ts')
  const services: FederationNeeds = {
    http,
    record,
    context,
    ...tokensOf(env),
    patience: () => patience,
    spelling: sideSpelling(side),
  }
  return {
    inputs,
    federation: openFederation({ ...inputs, 'propagation-wait': patience.propagationWaitMs }, services, use),
  }
}
