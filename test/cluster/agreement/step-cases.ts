import { printEnv, probe, success, taskOf, type AgreementCase } from './agreement-case.ts'

const out = { results: [{ name: 'out' }] }

/** Which steps run, and how a run ends. */
export const stepCases: readonly AgreementCase[] = [
  {
    name: 'a step that fails stops the run, and its results stand in the status',
    task: taskOf('fails', {
      results: [{ name: 'out', value: '$(steps.second.results.out)' }, { name: 'direct' }],
      steps: [
        probe('first', ['write', '$(results.direct.path)', 'direct', '--', 'runs']),
        probe('second', ['write', '$(step.results.out.path)', 'told', 'exit', '3'], out),
        probe('third', ['--', 'never']),
      ],
    }),
    run: {},
    expected: {
      succeeded: false,
      steps: [
        { name: 'first', exitCode: 0, output: [{ argv: ['runs'] }] },
        { name: 'second', exitCode: 3, output: [] },
        { name: 'third', exitCode: 1, skipped: true, output: [] },
      ],
      results: { direct: 'direct', out: 'told' },
    },
  },
  {
    name: 'onError: continue, its exit code for later steps, also by a param',
    task: taskOf('on-error', {
      params: [{ name: 'on-error', default: 'stopAndFail' }],
      steps: [
        probe('first', ['exit', '5'], { onError: 'continue' }),
        probe('second', ['file', 'code', '$(steps.step-first.exitCode.path)', 'exit', '6'], {
          onError: '$(params.on-error)',
        }),
        probe('third', ['file', 'code', '$(steps.step-second.exitCode.path)'], { onError: 'stopAndFail' }),
        probe('fourth', ['file', 'code', '$(steps.step-third.exitCode.path)']),
      ],
    }),
    run: { params: { 'on-error': 'continue' } },
    expected: {
      succeeded: true,
      steps: [
        { name: 'first', exitCode: 5, output: [] },
        { name: 'second', exitCode: 6, output: [{ files: { code: '5' } }] },
        { name: 'third', exitCode: 0, output: [{ files: { code: '6' } }] },
        { name: 'fourth', exitCode: 0, output: [{ files: { code: '0' } }] },
      ],
      results: {},
    },
  },
  {
    name: 'an onError that is no word of Tekton stops the run before its pod',
    task: taskOf('on-error-unknown', {
      params: [{ name: 'on-error' }],
      steps: [probe('never', [], { onError: '$(params.on-error)' })],
    }),
    run: { params: { 'on-error': 'ignore' } },
    expected: { admitted: false, reason: 'PodCreationFailed' },
  },
  {
    name: 'a when that holds, and some that do not',
    task: taskOf('when', {
      params: [{ name: 'mode' }, { name: 'modes', type: 'array', default: ['dry', 'wet'] }],
      steps: [
        probe('write', ['write', '$(step.results.out.path)', 'yes'], out),
        probe('holds', ['--', 'runs'], {
          when: [
            { input: '$(params.mode)', operator: 'in', values: ['$(params.modes[*])'] },
            { input: '$(steps.write.results.out)', operator: 'notin', values: ['no', ''] },
          ],
        }),
        probe('param', ['--', 'never'], { when: [{ input: '$(params.mode)', operator: 'notin', values: ['dry'] }] }),
        probe('result', ['--', 'never'], {
          when: [{ input: 'no', operator: 'in', values: ['$(steps.write.results.out)'] }],
        }),
        probe('expanded', ['--', 'runs'], {
          env: [{ name: 'HALF', value: 'half' }],
          when: [{ input: '$(HALF) $$', operator: 'in', values: ['half $'] }],
        }),
        probe('code', ['file', 'code', '$(steps.step-param.exitCode.path)']),
      ],
    }),
    run: { params: { mode: 'dry' } },
    expected: {
      succeeded: true,
      steps: [
        { name: 'write', exitCode: 0, output: [] },
        { name: 'holds', exitCode: 0, output: [{ argv: ['runs'] }] },
        { name: 'param', exitCode: 0, skipped: true, output: [] },
        { name: 'result', exitCode: 0, skipped: true, output: [] },
        { name: 'expanded', exitCode: 0, output: [{ argv: ['runs'] }] },
        { name: 'code', exitCode: 0, output: [{ files: { code: '0' } }] },
      ],
      results: {},
    },
  },
  {
    name: 'a when of an unknown operator is refused',
    task: taskOf('when-unknown', {
      steps: [probe('never', [], { when: [{ input: 'a', operator: 'equals', values: ['a'] }] })],
    }),
    run: {},
    expected: { admitted: false, reason: 'AdmissionRefused' },
  },
  {
    name: 'a step beyond its time ends with 1, also where errors do not count',
    task: taskOf('timeout', {
      steps: [
        probe('slow', ['wait-for-end', '--', 'never'], { timeout: '2s', onError: 'continue' }),
        probe('next', ['--', 'never']),
      ],
    }),
    run: {},
    expected: {
      succeeded: false,
      steps: [
        { name: 'slow', exitCode: 1, output: [] },
        { name: 'next', exitCode: 1, skipped: true, output: [] },
      ],
      results: {},
    },
  },
  {
    name: 'a step that a signal ends counts as -1 where errors do not, and else fails with 255',
    task: taskOf('killed', {
      steps: [
        probe('first', ['kill-me'], { onError: 'continue' }),
        probe('second', ['file', 'code', '$(steps.step-first.exitCode.path)']),
        probe('third', ['kill-me']),
      ],
    }),
    run: {},
    expected: {
      succeeded: false,
      steps: [
        { name: 'first', exitCode: -1, output: [] },
        { name: 'second', exitCode: 0, output: [{ files: { code: '-1' } }] },
        { name: 'third', exitCode: 255, output: [] },
      ],
      results: {},
    },
  },
  {
    name: 'a sidecar shares a volume with the steps, and ends after them',
    task: taskOf('sidecar', {
      params: [{ name: 'text' }],
      volumes: [{ name: 'shared', emptyDir: {} }],
      sidecars: [
        probe('helper', ['write', '/shared/greeting', '$(params.text)', 'wait-for-end'], {
          volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        }),
      ],
      steps: [
        probe('show', ['wait-for', '/shared/greeting', 'file', 'greeting', '/shared/greeting'], {
          volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        }),
      ],
    }),
    run: { params: { text: 'hello' } },
    expected: success({ show: [{ files: { greeting: 'hello' } }] }),
  },
  {
    // Alone it fails the run or not: Tekton asks the phase of the pod first, and that is Failed as soon as the kubelet knows all containers' ends.
    name: 'a sidecar that fails does not fail the run while another one lives',
    task: taskOf('sidecar-fails', {
      sidecars: [probe('broken', ['exit', '3', '--', 'prints']), probe('helper', ['wait-for-end'])],
      steps: [printEnv('show', { TEXT: 'runs' })],
    }),
    run: {},
    expected: success({ show: [{ env: { TEXT: 'runs' } }] }),
  },
]
