import { runNpmCommand } from '../cluster/npm-command.ts'
import { benchCommand } from './bench-command.ts'

process.exit(await runNpmCommand(benchCommand, process))
