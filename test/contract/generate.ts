import { writeFileSync } from 'node:fs'
import { generatedFiles } from './generated-files.ts'

// Writes every generated file of the repository. The test suite fails when one is stale.
for (const { path, text } of generatedFiles()) writeFileSync(path, text)
