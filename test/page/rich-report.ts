import { buildReport } from '../../steps/report-audit/model/build-report.ts'
import type { Report } from '../../steps/report-audit/model/report.ts'
import { attempt, evidence, pipelineRun, recordLine, step, taskRun } from '../report-audit/evidence.ts'

const hostile = '<img src="https://evil.example/x.png" onerror="alert(1)"><script>alert(2)</script>\u202e\u001b[31m'
const digest = `sha256:${'ab12'.repeat(16)}`

const identity = {
  issuer: 'https://oidc.cluster.example/4f2a/',
  subject: 'system:serviceaccount:ci:builder',
  azureIdentity: 'cluster',
  tenant: '6f1c9f4e-2b7a-4c5d-9e8f-0a1b2c3d4e5f',
  clientId: '1f2e3d4c-5b6a-4978-8796-a5b4c3d2e1f0',
  objectId: '7a6b5c4d-3e2f-4a1b-8c9d-0e1f2a3b4c5d',
  awsIdentity: 'entra',
  awsRole: 'arn:aws:iam::123456789012:role/ci-push',
  awsSession: 'arn:aws:sts::123456789012:assumed-role/ci-push/ci.push-web-x7k2p',
}

const pushed = {
  name: 'push-image',
  target: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/a-team/with-a-long-name/web-frontend:1.4.2-rc.20260102',
  digest,
  destinations: [
    { repository: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web', stored: true, tags: ['1.4.2'] },
  ],
}

const tokens = [
  {
    kind: 'projected',
    id: '8f6c0a52',
    sha256: '0'.repeat(64),
    audience: 'api://AzureADTokenExchange',
    expiresAt: '2026-01-02T04:04:05Z',
  },
  {
    kind: 'aws-session',
    id: 'ASIAEXAMPLEEXAMPLE00',
    sha256: '1'.repeat(64),
    audience: identity.awsRole,
    expiresAt: '2026-01-02T03:19:05Z',
  },
]

/** A report with everything that a page can show, and with what an attacker would write into names and notes. */
export function richReport(): Report {
  const push = recordLine({ data: { identity, action: pushed, tokens } })
  const gate = recordLine({
    id: '22222222-2222-4222-8222-222222222222',
    taskRun: 'gate',
    data: {
      step: 'verify-access',
      startedAt: '2026-01-02T03:03:05.000Z',
      finishedAt: '2026-01-02T03:03:06.500Z',
      identity,
      action: {
        name: 'verify-access',
        target: 'api://release',
        access: {
          objectId: '2a3b4c5d-1111-4222-8333-44445555aaaa',
          clientId: identity.clientId,
          kind: 'person',
          roles: ['Release'],
        },
        notes: [hostile],
      },
    },
  })
  const refused = recordLine({
    id: '33333333-3333-4333-8333-333333333333',
    taskRun: 'intruder',
    data: {
      outcome: 'refused',
      startedAt: '2026-01-02T03:04:20.000Z',
      finishedAt: '2026-01-02T03:04:21.000Z',
      identity: { issuer: identity.issuer, subject: 'system:serviceaccount:ci:intruder' },
      action: { name: 'push-image', target: `contoso.azurecr.io/${hostile}` },
      error: { code: 'ENTRA_SUBJECT_MISMATCH', service: 'Entra', status: 401, upstreamCode: 'AADSTS700213' },
    },
  })
  const named = (name: string) => ({ name, uid: `uid-${name}`, pipelineTask: name })
  const taskRuns = [
    taskRun([attempt([gate], { pod: 'gate-pod', steps: [step({ program: 'verify-access' })] })], named('gate')),
    taskRun([attempt([push], { steps: [step(), step({ name: 'make', program: undefined })] })]),
    taskRun([attempt([], { pod: 'intruder-pod', status: 'failed', steps: [step({ exitCode: 77 })] })], {
      ...named('intruder'),
      serviceAccount: 'intruder',
    }),
    taskRun([attempt([], { pod: 'lost-pod' })], named('lost')),
  ]
  const run = pipelineRun({
    pipeline: hostile,
    managers: ['kubectl-create'],
    annotations: { 'tekton-entra.github.io/started-by': `agent:${hostile}` },
  })
  const gaps = [{ what: 'evidence/huge.txt', reason: 'The file is larger than 64 MiB.' }]
  return buildReport(evidence({ taskRuns, lines: [push, gate, refused], run, gaps }), {
    at: Date.UTC(2026, 0, 2, 3, 6),
    by: 'tekton-entra 0.1.0',
  })
}
