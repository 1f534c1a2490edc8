import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { acrImage } from '../push-image/front-door.ts'
import { expectEnd, told, toldProse } from '../push-image/told.ts'
import { change, codesOf, openAuditDoor, type AuditDoor } from './audit-door.ts'

let audit: AuditDoor
beforeAll(async () => {
  audit = await openAuditDoor()
})
afterEach(() => audit.clear())
afterAll(async () => await audit[Symbol.asyncDispose]())

const log = (name: string): string => `${name}-pod/step-push`

describe('findings, each in a report that is written all the same', () => {
  type Row = [what: string, codes: readonly string[], spoil: (audit: AuditDoor) => void]
  test.each<Row>([
    [
      'a log without the record',
      ['record-missing'],
      ({ api }) => void (api.state.logs = { [log('push-acr')]: 'gone\n' }),
    ],
    [
      'a record that was changed in the log',
      ['record-altered'],
      ({ api }) => {
        const text = api.state.logs[log('push-acr')] ?? ''
        api.state.logs = { [log('push-acr')]: text.replace('"ok"', '"ok" ') }
      },
    ],
    [
      'a second record of the same step',
      ['record-doubled', 'record-unattested'],
      ({ api }) => {
        const text = api.state.logs[log('push-acr')] ?? ''
        const [, id = ''] = /"id":"([0-9a-f-]{36})","source"/.exec(text) ?? []
        api.state.logs = { [log('push-acr')]: `${text}${text.replace(id, '00000000-0000-4000-8000-000000000000')}` }
      },
    ],
    [
      'a line that only looks like a record',
      ['record-unreadable'],
      ({ api }) => {
        const text = api.state.logs[log('push-acr')] ?? ''
        api.state.logs = { [log('push-acr')]: `{"specversion":"1.0","type":"io.github.tekton-entra.step.v1",\n${text}` }
      },
    ],
    [
      'a pod that is gone',
      ['record-missing', 'pod-missing'],
      ({ api }) => void (api.state.objects = api.state.objects.filter(({ kind }) => kind !== 'Pod')),
    ],
    [
      'a second pod of the TaskRun',
      ['pod-doubled'],
      ({ api }) => {
        const pod = api.state.objects.find(({ kind }) => kind === 'Pod')
        if (pod === undefined) throw new Error('there is no pod')
        const other = { ...pod, metadata: { ...pod.metadata, name: 'push-acr-pod-2', uid: 'other' } }
        api.state.objects = [...api.state.objects, other]
        api.state.logs = { ...api.state.logs, 'push-acr-pod-2/step-push': '' }
      },
    ],
    [
      'a TaskRun that was deleted',
      ['task-run-missing'],
      ({ api }) => {
        api.state.objects = api.state.objects.filter(({ kind }) => kind === 'PipelineRun')
      },
    ],
    [
      'a PipelineRun that was deleted',
      ['run-missing'],
      ({ api }) => void (api.state.objects = api.state.objects.filter(({ kind }) => kind !== 'PipelineRun')),
    ],
    [
      'another service account of the TaskRun',
      ['identity-differs'],
      ({ api }) => change(api, 'push-acr', (object) => ({ ...object, spec: { serviceAccountName: 'other' } })),
    ],
    [
      'an exit status that the record denies',
      ['outcome-differs'],
      ({ api }) =>
        change(api, 'push-acr', (object) => JSON.parse(JSON.stringify(object).replace('"exitCode":0', '"exitCode":1'))),
    ],
    [
      'a TaskRun that names no record',
      ['record-unattested'],
      ({ api }) =>
        change(api, 'push-acr', (object) => JSON.parse(JSON.stringify(object).replaceAll(/ sha256:[0-9a-f]{64}/g, ''))),
    ],
    [
      'a TaskRun that has not ended',
      ['unfinished'],
      ({ api }) =>
        change(api, 'push-acr', (object) =>
          JSON.parse(JSON.stringify(object).replace('"status":"True"', '"status":"Unknown"')),
        ),
    ],
  ])('%s', async (_what, codes, spoil) => {
    await audit.push('push-acr', acrImage)
    spoil(audit)
    const { report, succeeded, results, step } = await audit.report()
    expect(succeeded, step.stderr).toBe(true)
    expect(codesOf(report).toSorted()).toEqual(codes.toSorted())
    expect(report?.verdict).toBe('findings')
    expect(results['verdict']).toBe('findings')
    expect(told(step.stderr, 'finding')).toHaveLength(codes.length)
  })

  test('with on-findings: fail the step fails once the report is written, and says which', async () => {
    await audit.push('push-acr', acrImage)
    audit.api.state.logs = {}
    const failed = await audit.report({ 'on-findings': 'fail' })
    expectEnd(failed, 'AUDIT_FINDINGS', 77)
    expect(toldProse(failed.step.stderr, 'what')).toContain('Something could not be read')
    expect(failed.report?.verdict).toBe('findings')
    expect(failed.page).not.toBe('')
  })
})
