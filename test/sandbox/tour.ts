import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleSteps } from '../../images/steps/bundle.ts'
import { systemClock } from '../../steps/lib/core/clock.ts'
import { openRecord } from '../../steps/lib/audit/record.ts'
import { createFederation } from '../../steps/lib/federation/federation.ts'
import { acrAccess } from '../../steps/lib/federation/acr-access.ts'
import { ecrAccess } from '../../steps/lib/federation/ecr-access.ts'
import { createHttpClient } from '../../steps/lib/http/client.ts'
import { trustCertificates } from '../../steps/lib/http/trust.ts'
import { parseEcrHost } from '../../steps/lib/aws/ecr-host.ts'
import { parseRoleArn } from '../../steps/lib/aws/role-arn.ts'
import { readRunContext } from '../../steps/lib/step/run-context.ts'
import { findLeaks } from './canary.ts'
import { example, exampleCloud } from './example-cloud.ts'
import { placesOf } from './local-run/places.ts'
import { pullBack } from './pull-back.ts'
import { writeSampleLayout } from './sample-image.ts'
import { startSandbox, type Sandbox } from './sandbox.ts'
import { minter, profileOf, pushOnce } from './tour-push.ts'
import { reportTour } from './tour-report.ts'
import { createStage, type Stage } from './tour-stage.ts'

// `npm start`: the main job, on clouds that live in this process. Nothing leaves this machine.
const began = performance.now()
// `npm start | head`: what nobody reads any more is not written, and everything still ends in order.
process.stdout.on('error', () => {})
const stage = createStage(process.stdout)
const scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-tour-'))
try {
  await using sandbox = await startSandbox(exampleCloud())
  await tour(sandbox)
} finally {
  await rm(scratch, { recursive: true, force: true })
}
stage.end(performance.now() - began)

async function tour(sandbox: Sandbox): Promise<void> {
  stage.title()
  const program = [process.execPath, await bundleSteps(join(scratch, 'steps'))]
  const source = join(scratch, 'image')
  const digest = await writeSampleLayout(source, {
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
    layers: [{ 'etc/motd': 'built a moment ago\n' }, { 'app/data': Buffer.alloc(4_000_000, 'tekton-entra ') }],
  })
  stage.image(digest)
  const run = async (name: string, image: string, serviceAccount: string = example.serviceAccount) =>
    await pushOnce({ sandbox, program, source, image, name, serviceAccount })

  const acrImage = `${example.acrHost}/${example.repository}:1.4.2`
  const ecrImage = `${example.ecrHost}/${example.repository}:1.4.2`
  stage.chapter(
    1,
    'Push to Azure Container Registry',
    `TaskRun in namespace ci, service account builder, one param:`,
    acrImage,
  )
  const toAcr = await run('push-acr', acrImage)
  stage.push(toAcr.result)
  stage.chapter(
    2,
    'Push to Amazon ECR, through Entra and AWS STS',
    'The same Task, the same identity profile, another image name:',
    ecrImage,
  )
  const toEcr = await run('push-ecr', ecrImage)
  stage.push(toEcr.result)
  stage.chapter(3, 'A pod that nobody trusts', 'The same TaskRun under another service account, ci/intruder:', acrImage)
  const refused = await run('push-intruder', acrImage, 'intruder')
  stage.refusal(refused.result)

  stage.chapter(4, 'Pull both back and compare every byte with its digest')
  await pullBoth(sandbox, digest, stage)
  stage.chapter(5, 'What the auditor gets: one record for each step process')
  const pushes = [toAcr, toEcr, refused]
  for (const { result } of pushes) stage.record(result)
  stage.rawRecord(refused.result)
  stage.chapter(6, 'What a person gets: a report on the whole run')
  const shared = { program, mintToken: minter(sandbox, 'auditor'), configMaps: profileOf(sandbox) }
  const report = await reportTour({ ...shared, evidence: join(scratch, 'evidence'), runs: pushes })
  stage.report(report.result, report.page)
  stage.chapter(7, 'Nothing secret anywhere')
  const results = [...pushes.map(({ result }) => result), report.result]
  stage.leaks(sandbox.minted.all.size, findLeaks(sandbox.minted.all, [...results.flatMap(placesOf), ...report.files]))

  const all = results.map(({ succeeded }) => succeeded)
  const good = all.join() === 'true,true,false,true' && sandbox.crashes.length === 0
  if (!good) throw new Error('the tour did not go as it should', { cause: sandbox.crashes[0] })
}

async function pullBoth(sandbox: Sandbox, digest: string, { pulled }: Stage): Promise<void> {
  trustCertificates(sandbox.caPem)
  const http = createHttpClient({
    userAgent: 'tekton-entra-tour',
    proxy: { httpsProxy: sandbox.proxyUrl, noProxy: '' },
  })
  const context = readRunContext({ POD_NAMESPACE: example.namespace, TASKRUN_NAME: 'pull-back' })
  const { repository } = example
  const federation = createFederation(
    {
      tenantId: example.tenantId,
      clientId: example.clientId,
      cloud: 'AzureCloud',
      tokenPath: await writeToken(sandbox),
      tokenAudience: 'api://AzureADTokenExchange',
    },
    {
      http,
      record: openRecord({ id: '', step: 'tour', version: '', startedAt: 0, context }),
      patience: {
        clock: systemClock,
        random: Math.random,
        signal: new AbortController().signal,
        deadlineAt: Number.POSITIVE_INFINITY,
        propagationWaitMs: 0,
        onRetry: () => {},
      },
    },
  )
  const role = parseRoleArn(example.roleArn)
  const ecr = parseEcrHost(example.ecrHost)
  if (role === undefined || ecr === undefined) throw new Error('the example names no role or registry')
  const accesses = [
    [example.acrHost, acrAccess(federation, { registry: example.acrHost, repository })],
    [
      example.ecrHost,
      ecrAccess(federation, {
        role,
        region: ecr.region,
        tokenResource: example.awsTokenResource,
        context,
        registry: ecr,
        repository,
      }),
    ],
  ] as const
  for (const [host, access] of accesses) {
    const image = await pullBack({ http, access, host, repository, reference: '1.4.2' })
    if (image.digest !== digest) throw new Error(`${host} gave ${image.digest}`)
    pulled(host, image)
  }
  http.close()
}

async function writeToken(sandbox: Sandbox): Promise<string> {
  const path = join(scratch, 'token')
  await writeFile(path, sandbox.mintToken({ namespace: example.namespace, serviceAccount: example.serviceAccount }), {
    mode: 0o600,
  })
  return path
}
