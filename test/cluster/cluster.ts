import { clusterCommand } from './cluster-command.ts'
import { runNpmCommand } from './npm-command.ts'

process.exit(await runNpmCommand(clusterCommand, process))
