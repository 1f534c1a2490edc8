import type { AgreementCase } from './agreement-case.ts'
import { listCases } from './list-cases.ts'
import { paramCases } from './param-cases.ts'
import { podCases } from './pod-cases.ts'
import { resultCases } from './result-cases.ts'
import { stepCases } from './step-cases.ts'
import { variableCases } from './variable-cases.ts'

/** What our local run and the real Tekton must agree on. The names of the Tasks differ, so that all can be in one namespace. */
export const cases: readonly AgreementCase[] = [
  ...variableCases,
  ...paramCases,
  ...listCases,
  ...resultCases,
  ...stepCases,
  ...podCases,
]
