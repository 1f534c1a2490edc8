import { printEnv, probe, success, taskOf, type AgreementCase } from './agreement-case.ts'

const tags = { name: 'tags', type: 'array', default: [] }

/** Lists as arguments. */
export const listCases: readonly AgreementCase[] = [
  {
    name: 'two lists side by side, with spaces and empty texts',
    task: taskOf('two-lists', {
      params: [tags, { name: 'more', default: ['of', 'default'] }],
      steps: [probe('show', ['--', '--tags', '$(params.tags[*])', '$(params["more"][*])', 'end'])],
    }),
    run: { params: { tags: ['one', 'two words', '', '$(params.more[0])', ' '] } },
    expected: success({
      show: [{ argv: ['--tags', 'one', 'two words', '', '$(params.more[0])', ' ', 'of', 'default', 'end'] }],
    }),
  },
  {
    name: 'an empty list gives no argument',
    task: taskOf('empty-list', {
      params: [tags, { name: 'more', type: 'array' }],
      steps: [probe('show', ['--', '--tags', '$(params.tags[*])', '--more', '$(params.more[*])'])],
    }),
    run: { params: { more: [] } },
    expected: success({ show: [{ argv: ['--tags', '--more'] }] }),
  },
  {
    name: 'entries of a list by their index',
    task: taskOf('list-index', {
      params: [tags],
      steps: [
        printEnv(
          'show',
          { SECOND: '<$(params.tags[1])>' },
          { args: ['env', 'SECOND', '--', 'v$(params["tags"][0])', '$(params.tags[1])'] },
        ),
      ],
    }),
    run: { params: { tags: ['1', 'two words'] } },
    expected: success({ show: [{ argv: ['v1', 'two words'], env: { SECOND: '<two words>' } }] }),
  },
  {
    name: 'an index beyond the list stops the run',
    task: taskOf('list-index-beyond', { params: [tags], steps: [probe('never', ['--', '$(params.tags[2])'])] }),
    run: { params: { tags: ['0', '1'] } },
    expected: { admitted: false, reason: 'TaskRunValidationFailed' },
  },
  {
    name: 'a whole list in a variable is refused',
    task: taskOf('list-in-variable', { params: [tags], steps: [printEnv('never', { TAGS: '$(params.tags[*])' })] }),
    run: {},
    expected: { admitted: false, reason: 'AdmissionRefused' },
  },
  {
    name: 'a whole list as a part of an argument is refused',
    task: taskOf('list-in-argument', { params: [tags], steps: [probe('never', ['--', '--tags=$(params.tags[*])'])] }),
    run: {},
    expected: { admitted: false, reason: 'AdmissionRefused' },
  },
]
