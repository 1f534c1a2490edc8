/** How bad a finding is: an error goes wrong when it runs, a warning is taken, but not for long or not by everybody. */
export type Severity = 'error' | 'warning'

export type Rule = { readonly severity: Severity; readonly summary: string; readonly mend: string }

/** Every rule by its id. The page beside this file is generated from it. */
export const rules = {
  'yaml-syntax': {
    severity: 'error',
    summary: 'A file that cannot be read as YAML.',
    mend: 'Correct the YAML; what follows in this document is not checked.',
  },
  'unknown-object': {
    severity: 'error',
    summary: 'A bundle or catalog of this project is asked for a Task or StepAction that it does not have.',
    mend: 'Take one of the names that there are.',
  },
  'unknown-param': {
    severity: 'error',
    summary: 'A param that the Task or StepAction does not take. Tekton drops it without a word when a Task is called.',
    mend: 'Correct the name, or remove the param.',
  },
  'missing-param': {
    severity: 'error',
    summary: 'A required param is not given.',
    mend: 'Give it.',
  },
  'repeated-param': {
    severity: 'error',
    summary: 'A param is given twice in one call.',
    mend: 'Keep one of them.',
  },
  'param-type': {
    severity: 'error',
    summary: 'A list where a string is taken, a string where a list is taken, or neither.',
    mend: 'Write it as what is taken; all of a list is `$(params.x[*])`.',
  },
  'changed-value': {
    severity: 'error',
    summary:
      'A value without quotes that Kubernetes reads as a number, a boolean or null and that arrives as another text (`1.10` as `1.1`, `yes` as `true`), or that makes a string of the list it is in.',
    mend: 'Put it in quotes.',
  },
  'unquoted-value': {
    severity: 'warning',
    summary: 'A number or boolean without quotes. Params are strings; Tekton takes it as one, other tools need not.',
    mend: 'Put it in quotes.',
  },
  'param-value': {
    severity: 'error',
    summary: 'A literal that the step itself would refuse, by its own parser, alone or together with the others.',
    mend: 'Give what is expected.',
  },
  'missing-workspace': {
    severity: 'error',
    summary: 'A workspace that the Task needs is not bound.',
    mend: 'Bind it under `workspaces`.',
  },
  'unknown-workspace': {
    severity: 'error',
    summary: 'A workspace is bound that the Task does not declare.',
    mend: 'Correct the name, or remove the binding.',
  },
  'missing-volume': {
    severity: 'error',
    summary: 'A volume that the StepAction is told to mount is none of the Task.',
    mend: 'Declare it under `volumes` of the Task.',
  },
  'unfit-volume': {
    severity: 'error',
    summary:
      'A volume does not fit what the StepAction needs: no token in the file, a token for another audience, or not the right kind of `emptyDir`.',
    mend: 'Declare the volume as expected.',
  },
  'beside-ref': {
    severity: 'error',
    summary: 'A field beside `ref` of a step that the StepAction brings itself. Tekton refuses it.',
    mend: 'Remove the field.',
  },
  'undeclared-param': {
    severity: 'error',
    summary: '`$(params.x)` of a param that is not declared. Where Tekton does not refuse it, it stays literal.',
    mend: 'Declare the param, or correct its name.',
  },
  'unknown-result': {
    severity: 'error',
    summary: 'A result that our Task or StepAction does not have, or one of a task or step that is not there.',
    mend: 'Take one of the results that there are.',
  },
  'stays-literal': {
    severity: 'error',
    summary: '`$(…)` in a place where Tekton does not fill it in, or that is no variable of Tekton.',
    mend: 'Hand the value over as a param, or write it out.',
  },
  'secret-in-param': {
    severity: 'error',
    summary:
      'What looks like a secret, as the value or default of a param: it stands in the cluster for all who may read runs.',
    mend: 'Revoke it and remove it; our steps need no stored secret. The value is never printed.',
  },
} as const satisfies Readonly<Record<string, Rule>>

export type RuleId = keyof typeof rules
