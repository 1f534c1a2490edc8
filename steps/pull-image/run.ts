import { requireDigest } from '../lib/delivery/expected-digest.ts'
import { openOrigin, openReader } from '../lib/delivery/open-origin.ts'
import type { Origin } from '../lib/delivery/origin.ts'
import { describeImage } from '../lib/delivery/report.ts'
import { loadImage, type Image } from '../lib/oci/image.ts'
import { probeBlobs } from '../lib/oci/registry/probe-blobs.ts'
import type { RegistryClient } from '../lib/oci/registry/registry-client.ts'
import { registrySource } from '../lib/oci/registry/registry-source.ts'
import { withPlatforms } from '../lib/oci/source/platforms.ts'
import { storeImage, type StorePlan } from '../lib/oci/store/store-image.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { readPulled } from './inputs.ts'
import { describePulled, describePull } from './report.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>
type Results = ResultsOf<typeof step>

/** Pulls the image into the workspace, or in a dry run shows that it could. */
export async function run(call: Call): Promise<Results> {
  const { inputs, services } = call
  services.record.action({ target: inputs.image, dryRun: inputs['dry-run'] })
  const from = readPulled(inputs)
  const client = await openClient(from, inputs, services)
  const whole = registrySource(client, from.reference)
  requireDigest(await whole.root(), inputs['expect-digest'], from.url)
  const image = await loadImage(await withPlatforms(whole, inputs.platforms))
  const { digest } = image.root.descriptor
  services.record.action({ digest })
  describeImage(services.log, image)
  if (inputs['dry-run']) {
    await probeBlobs(client, image)
    describePull(services.log, image)
    return { reference: '', digest: '' }
  }
  await pull(call, image, from)
  return { reference: `${from.name}@${digest}`, digest }
}

async function openClient(from: Origin, inputs: Inputs, services: Services): Promise<RegistryClient> {
  const { http, record, patience } = services
  return await openOrigin(from, {
    actor: openReader(from, inputs, { services }),
    services: { http, record, patience: patience(inputs['propagation-wait']) },
  })
}

async function pull({ inputs, workspaces, services }: Call, image: Image, from: Origin): Promise<void> {
  const { progress, log, signal } = services
  const { path, concurrency } = inputs
  const started = performance.now()
  const begin = ({ lacking }: StorePlan) =>
    progress.begin({ blobs: image.blobs.length, bytes: lacking.reduce((sum, { size }) => sum + size, 0) })
  const refName = inputs['ref-name'] ?? from.tag
  const storing = { image, workspace: workspaces.output, path, refName, concurrency, signal, progress }
  try {
    const plan = await storeImage({ ...storing, onPlan: begin })
    progress.end()
    describePulled(log, plan, performance.now() - started)
  } finally {
    progress.end()
  }
}
