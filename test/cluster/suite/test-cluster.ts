import { runNpmCommand } from '../npm-command.ts'
import { testClusterCommand } from './test-cluster-command.ts'

process.exit(await runNpmCommand(testClusterCommand, process))
