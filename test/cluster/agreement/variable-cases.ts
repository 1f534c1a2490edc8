import { printEnv, probe, success, taskOf, type AgreementCase } from './agreement-case.ts'

/** What `$(…)` becomes, and where. */
export const variableCases: readonly AgreementCase[] = [
  {
    name: 'all keys of a ConfigMap that a param names, under what the step sets itself',
    task: taskOf('env-from', {
      params: [{ name: 'from' }],
      steps: [
        printEnv(
          'show',
          { SET: 'by the step', SEEN: 'a $(FOUND) b' },
          {
            args: ['env', 'FOUND', 'env', 'SET', 'env', 'SEEN'],
            envFrom: [
              { configMapRef: { name: '$(params.from)', optional: true } },
              { configMapRef: { name: 'not-there', optional: true } },
            ],
          },
        ),
      ],
    }),
    run: { params: { from: 'variables' }, configMaps: { variables: { FOUND: 'found', SET: 'by the ConfigMap' } } },
    expected: success({ show: [{ env: { FOUND: 'found', SET: 'by the step', SEEN: 'a found b' } }] }),
  },
  {
    name: 'every spelling of a param',
    task: taskOf('spellings', {
      params: [{ name: 'who' }, { name: 'dotted.name', default: 'with a dot' }],
      steps: [
        printEnv(
          'show',
          { DOT: 'a $(params.who) b', DOUBLE: '$(params["who"])', SINGLE: "$(params['dotted.name'])" },
          {
            args: ['env', 'DOT', 'env', 'DOUBLE', 'env', 'SINGLE', '--', '$(params.who)', '<$(params["dotted.name"])>'],
          },
        ),
      ],
    }),
    run: { params: { who: 'me & you' } },
    expected: success({
      show: [
        { argv: ['me & you', '<with a dot>'], env: { DOT: 'a me & you b', DOUBLE: 'me & you', SINGLE: 'with a dot' } },
      ],
    }),
  },
  {
    name: 'the contexts of a Task',
    task: taskOf('contexts', {
      steps: [
        printEnv('show', {
          RUN: '$(context.taskRun.namespace)/$(context.taskRun.name) $(context.taskRun.uid)',
          TASK: '$(context.task.name) $(context.task.retry-count)',
        }),
      ],
    }),
    run: {},
    expected: success({ show: [{ env: { RUN: '<namespace>/<taskRun> <uid>', TASK: 'contexts 0' } }] }),
  },
  {
    name: 'what Tekton does not know stays literal',
    task: taskOf('literals', {
      steps: [
        printEnv(
          'show',
          { FOO: '$(foo)', PIPELINE: '$(context.pipelineRun.name)', HOST: '$(HOSTNAME)' },
          { args: ['env', 'FOO', 'env', 'PIPELINE', 'env', 'HOST', '--', '$(foo)', '$(tasks.a.results.b)', '$(date)'] },
        ),
      ],
    }),
    run: {},
    expected: success({
      show: [
        {
          argv: ['$(foo)', '$(tasks.a.results.b)', '$(date)'],
          env: { FOO: '$(foo)', PIPELINE: '$(context.pipelineRun.name)', HOST: '$(HOSTNAME)' },
        },
      ],
    }),
  },
  {
    name: 'variables inside a value: contexts and workspaces are replaced, params are not',
    task: taskOf('nested', {
      params: [{ name: 'text' }, { name: 'other', default: 'never seen' }],
      workspaces: [{ name: 'absent', optional: true }],
      steps: [printEnv('show', { TEXT: '$(params.text)' })],
    }),
    run: { params: { text: '$(context.task.name) $(workspaces.absent.bound) $(params.other) $(foo)' } },
    expected: success({ show: [{ env: { TEXT: 'nested false $(params.other) $(foo)' } }] }),
  },
  {
    name: 'a value that names an undeclared param stops the run before its pod',
    task: taskOf('nested-undeclared', {
      params: [{ name: 'text' }],
      steps: [printEnv('show', { TEXT: '$(params.text)' })],
    }),
    run: { params: { text: '$(params.undeclared)' } },
    expected: { admitted: false, reason: 'PodCreationFailed' },
  },
  {
    name: 'a step that names an undeclared param is refused',
    task: taskOf('undeclared', { steps: [printEnv('show', { TEXT: '$(params.undeclared)' })] }),
    run: {},
    expected: { admitted: false, reason: 'AdmissionRefused' },
  },
  {
    name: 'what Kubernetes expands: earlier variables, in variables and arguments, and two dollars',
    task: taskOf('expansion', {
      params: [{ name: 'text' }],
      steps: [
        printEnv(
          'show',
          { FIRST: 'one', SECOND: '$(FIRST) $$(FIRST) $(LATER) $$5 $', TEXT: '$(params.text)', LATER: 'last' },
          { args: ['env', 'SECOND', 'env', 'TEXT', '--', '$(LATER) $$(LATER)', '$$', '$(params.text)'] },
        ),
      ],
    }),
    run: { params: { text: 'cost: $$3, $(FIRST)' } },
    expected: success({
      show: [
        {
          argv: ['last $(LATER)', '$', 'cost: $3, one'],
          env: { SECOND: 'one $(FIRST) $(LATER) $5 $', TEXT: 'cost: $3, one' },
        },
      ],
    }),
  },
  {
    name: 'workspaces, bound and not',
    task: taskOf('workspaces', {
      workspaces: [{ name: 'source' }, { name: 'absent', optional: true }],
      steps: [
        probe('write', ['write', '$(workspaces.source.path)/note', 'written']),
        printEnv(
          'show',
          {
            BOUND: '$(workspaces.source.bound) $(workspaces.absent.bound)',
            ABSENT: '$(workspaces.absent.path)/image',
          },
          { args: ['env', 'BOUND', 'env', 'ABSENT', 'file', 'note', '$(workspaces.source.path)/note'] },
        ),
      ],
    }),
    run: { workspaces: ['source'] },
    expected: success({
      write: [],
      show: [{ env: { BOUND: 'true false', ABSENT: '/image' }, files: { note: 'written' } }],
    }),
  },
  {
    name: 'a workspace that is not optional must be bound',
    task: taskOf('workspace-missing', { workspaces: [{ name: 'source' }], steps: [probe('never', [])] }),
    run: {},
    expected: { admitted: false, reason: 'TaskRunValidationFailed' },
  },
]
