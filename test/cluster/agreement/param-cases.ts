import { printEnv, probe, success, taskOf, yamlParams, type AgreementCase } from './agreement-case.ts'

const refusedParams = { admitted: false, reason: 'TaskRunValidationFailed' } as const

/** Values of params: defaults, what YAML makes of them, and what does not fit. */
export const paramCases: readonly AgreementCase[] = [
  {
    name: 'a default, and a value that takes its place',
    task: taskOf('defaults', {
      params: [
        { name: 'kept', default: 'default' },
        { name: 'given', default: 'default' },
        { name: 'emptied', default: 'default' },
      ],
      steps: [printEnv('show', { KEPT: '$(params.kept)', GIVEN: '$(params.given)', EMPTIED: '$(params.emptied)' })],
    }),
    run: { params: { given: 'value', emptied: '' } },
    expected: success({ show: [{ env: { KEPT: 'default', GIVEN: 'value', EMPTIED: '' } }] }),
  },
  {
    name: 'a default that names another param',
    task: taskOf('default-names-param', {
      params: [
        { name: 'host', default: 'registry' },
        { name: 'image', default: '$(params.host)/app' },
        { name: 'both', default: '$(params.host) $(params.image)' },
      ],
      steps: [printEnv('show', { IMAGE: '$(params.image)', BOTH: '$(params.both)' })],
    }),
    run: {},
    expected: success({ show: [{ env: { IMAGE: 'registry/app', BOTH: '$(params.host) registry/app' } }] }),
  },
  {
    name: 'a default that names a param does not see what the run has given',
    task: taskOf('default-names-given', {
      params: [
        { name: 'host', default: 'registry' },
        { name: 'required' },
        { name: 'image', default: '$(params.host)/app' },
        { name: 'other', default: '$(params.required)/app' },
      ],
      steps: [printEnv('show', { IMAGE: '$(params.image)', OTHER: '$(params.other)' })],
    }),
    run: { params: { host: 'mine', required: 'given' } },
    expected: success({ show: [{ env: { IMAGE: 'registry/app', OTHER: '$(params.other)' } }] }),
  },
  {
    name: 'the keys of an object, some from its default',
    task: taskOf('object', {
      params: [
        { name: 'place', type: 'object', properties: { city: {}, zip: {} }, default: { city: 'Bonn', zip: '53111' } },
      ],
      steps: [printEnv('show', { PLACE: '$(params.place.zip) $(params.place.city)' })],
    }),
    run: { params: { place: { city: 'Ulm' } } },
    expected: success({ show: [{ env: { PLACE: '53111 Ulm' } }] }),
  },
  {
    name: 'an object that lacks a key is refused',
    task: taskOf('object-lacking', {
      params: [{ name: 'place', type: 'object', properties: { city: {}, zip: {} } }],
      steps: [printEnv('show', { PLACE: '$(params.place.zip)' })],
    }),
    run: { params: { place: { city: 'Ulm' } } },
    expected: refusedParams,
  },
  {
    name: 'params that the Task does not declare are ignored',
    task: taskOf('unknown-params', {
      params: [{ name: 'dry-run' }],
      steps: [printEnv('show', { DRY: '$(params.dry-run)' })],
    }),
    run: { params: { 'dry-run': 'false', dryrun: 'true', 'dry-runs': ['true'] } },
    expected: success({ show: [{ env: { DRY: 'false' } }] }),
  },
  {
    name: 'params whose names differ in their letters’ case only are refused',
    task: taskOf('same-params', { params: [{ name: 'flag' }], steps: [probe('never', [])] }),
    run: { params: { flag: 'false', Flag: 'true' } },
    expected: { admitted: false, reason: 'AdmissionRefused' },
  },
  {
    name: 'what YAML makes of unquoted values',
    task: taskOf('yaml-values', {
      params: [{ name: 'version' }, { name: 'flag' }, { name: 'answer' }, { name: 'quoted' }],
      steps: [printEnv('show', { ALL: '$(params.version) $(params.flag) $(params.answer) $(params.quoted)' })],
    }),
    run: { params: yamlParams('{version: 1.10, flag: true, answer: yes, quoted: "1.10"}') },
    expected: success({ show: [{ env: { ALL: '1.1 true true 1.10' } }] }),
  },
  {
    name: 'a list with a number is no list',
    task: taskOf('yaml-number-in-list', { params: [{ name: 'tags', type: 'array' }], steps: [probe('never', [])] }),
    run: { params: yamlParams('{tags: [1.0, latest]}') },
    expected: refusedParams,
  },
  {
    name: 'a list with what YAML takes for a boolean is no list',
    task: taskOf('yaml-boolean-in-list', { params: [{ name: 'tags', type: 'array' }], steps: [probe('never', [])] }),
    run: { params: yamlParams('{tags: [x, y]}') },
    expected: refusedParams,
  },
  {
    name: 'a required param that is missing',
    task: taskOf('missing', { params: [{ name: 'image' }], steps: [probe('never', [])] }),
    run: { params: { Image: 'misspelt' } },
    expected: refusedParams,
  },
  {
    name: 'a list where a text is wanted',
    task: taskOf('list-for-text', { params: [{ name: 'image' }], steps: [probe('never', [])] }),
    run: { params: { image: ['one'] } },
    expected: refusedParams,
  },
  {
    name: 'a text where a list is wanted',
    task: taskOf('text-for-list', { params: [{ name: 'tags', type: 'array' }], steps: [probe('never', [])] }),
    run: { params: { tags: 'one' } },
    expected: refusedParams,
  },
]
