import type { TaskStep } from '../../../steps/lib/catalog/task.ts'
import { printEnv, probe, success, taskOf, type AgreementCase } from './agreement-case.ts'

const out = { results: [{ name: 'out' }] }
const outOf = (step: string) => ({ name: 'out', value: `$(steps.${step}.results.out)` })

/** Eight steps and the container that brings Tekton's entrypoint: each has 1365 bytes. */
function bigResults(): TaskStep[] {
  const fills = Array.from({ length: 6 }, (_, index) =>
    probe(`fill-${index}`, ['fill', '$(step.results.out.path)', '1300'], out),
  )
  return [
    probe('fails', ['fill', '$(step.results.out.path)', '1300', 'exit', '3'], { ...out, onError: 'continue' }),
    ...fills,
    probe('small', ['write', '$(step.results.out.path)', 'small'], out),
  ]
}

/** What becomes of results. */
export const resultCases: readonly AgreementCase[] = [
  {
    name: 'a result of a step, as it was written, for the Task and for later steps',
    task: taskOf('step-result', {
      results: [outOf('write')],
      steps: [
        probe('write', ['write', '$(step.results.out.path)', ' <a & "b">\n'], out),
        printEnv(
          'show',
          { GOT: '[$(steps.write.results.out)]' },
          { args: ['env', 'GOT', '--', '$(steps.write.results.out)'] },
        ),
      ],
    }),
    run: {},
    expected: success(
      { write: [], show: [{ argv: [' <a & "b">\n'], env: { GOT: '[ <a & "b">\n]' } }] },
      { out: ' <a & "b">\n' },
    ),
  },
  {
    name: 'a result of the Task that steps write themselves: the last one counts',
    task: taskOf('task-result', {
      results: [{ name: 'direct' }, { name: 'quoted' }],
      steps: [
        probe('first', ['write', '$(results.direct.path)', 'first', 'write', '$(results["quoted"].path)', '["text"]']),
        probe('second', ['file', 'before', '$(results.direct.path)', 'write', '$(results.direct.path)', 'second']),
      ],
    }),
    run: {},
    expected: success(
      { first: [], second: [{ files: { before: 'first' } }] },
      { direct: 'second', quoted: '["text"]' },
    ),
  },
  {
    name: 'a result of the Task is lost behind one of the same name that the step has for itself, until a later step tells it again',
    task: taskOf('same-name', {
      results: [{ name: 'out' }, { name: 'other' }],
      steps: [
        probe('both', ['write', '$(results.out.path)', 'task', 'write', '$(step.results.out.path)', 'step'], out),
        probe('other', ['write', '$(results.other.path)', 'task', 'write', '$(step.results.other.path)', 'step'], {
          results: [{ name: 'other' }],
        }),
      ],
    }),
    run: {},
    expected: success({ both: [], other: [] }, { out: 'task' }),
  },
  {
    name: 'an empty result is one, an unwritten one is not, and stays literal where it is used',
    task: taskOf('unwritten', {
      results: [outOf('none'), { name: 'empty', value: '$(steps.none.results.empty)' }, { name: 'direct' }],
      steps: [
        probe('none', ['write', '$(step.results.empty.path)', ''], { results: [{ name: 'out' }, { name: 'empty' }] }),
        printEnv('show', { EMPTY: '[$(steps.none.results.empty)]', GOT: '$(steps.none.results.out)' }),
      ],
    }),
    run: {},
    expected: success({ none: [], show: [{ env: { EMPTY: '[]', GOT: '$(steps.none.results.out)' } }] }, { empty: '' }),
  },
  {
    name: 'more than 4096 bytes fail the step, though the next one has begun',
    task: taskOf('too-long', {
      results: [outOf('big')],
      steps: [probe('big', ['fill', '$(step.results.out.path)', '4097'], out), probe('next', ['--', 'runs'])],
    }),
    run: {},
    expected: {
      succeeded: false,
      steps: [
        { name: 'big', exitCode: 1, output: [] },
        { name: 'next', exitCode: 0, output: [{ argv: ['runs'] }] },
      ],
      results: {},
    },
  },
  {
    name: 'what Tekton writes itself counts to the 4096 bytes',
    task: taskOf('nearly-too-long', {
      results: [outOf('big')],
      steps: [probe('big', ['fill', '$(step.results.out.path)', '4020'], out)],
    }),
    run: {},
    note: 'The result alone would fit (4055 bytes of JSON), with the time of the start it is 4119; what was written before stays.',
    expected: {
      succeeded: false,
      steps: [{ name: 'big', exitCode: 1, output: [] }],
      results: { out: 'x'.repeat(4020) },
    },
  },
  {
    name: 'beyond the share of a container results and exit codes vanish, and the run succeeds',
    task: taskOf('nine-containers', {
      results: [
        { name: 'out', value: '$(steps.fill-0.results.out)' },
        { name: 'small', value: '$(steps.small.results.out)' },
      ],
      steps: bigResults(),
    }),
    run: {},
    expected: success(
      { fails: [], ...Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`fill-${index}`, []])), small: [] },
      { small: 'small' },
    ),
  },
  {
    name: 'a result of a step without a type that looks like JSON: a text loses its quotes',
    task: taskOf('json-text', {
      results: [outOf('write'), { name: 'typed', value: '$(steps.write.results.typed)' }],
      steps: [
        probe(
          'write',
          ['write', '$(step.results.out.path)', '"text"', 'write', '$(step.results.typed.path)', '"text"'],
          {
            results: [{ name: 'out' }, { name: 'typed', type: 'string' }],
          },
        ),
      ],
    }),
    run: {},
    expected: success({ write: [] }, { out: 'text', typed: '"text"' }),
  },
  {
    name: 'a result of a step without a type that looks like a list fails the run',
    task: taskOf('json-list', {
      results: [outOf('write')],
      steps: [probe('write', ['write', '$(step.results.out.path)', '["one", "two"]'], out)],
    }),
    run: {},
    expected: { succeeded: false, steps: [{ name: 'write', exitCode: 0, output: [] }], results: {} },
  },
]
