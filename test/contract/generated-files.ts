import { readFileSync } from 'node:fs'
import { identityTable, withIdentityTable } from '../../steps/lib/catalog/identity-table.ts'
import { stepTables, taskTables, withTables } from '../../steps/lib/catalog/readme-tables.ts'
import { stepActionYaml } from '../../steps/lib/catalog/step-action.ts'
import { troubleshootingPage } from '../../steps/lib/catalog/troubleshooting-page.ts'
import { isStepAction } from '../../steps/lib/step/define-step.ts'
import { rulesTable } from '../../steps/cli/lint/rules-table.ts'
import { brokenTrustTable } from '../check-trust/broken-trusts.ts'
import { sandboxSchemas } from './type-schema/sandbox-schemas.ts'
import { allSteps, published, readTask, root, taskNames } from './repository.ts'

/** Every generated file with the text that it must have now. Nothing here needs an image or a cluster. */
export function generatedFiles(): { path: string; text: string }[] {
  return [
    { path: `${root}/TROUBLESHOOTING.md`, text: troubleshootingPage() },
    {
      path: `${root}/README.md`,
      text: withIdentityTable(readFileSync(`${root}/README.md`, 'utf8'), identityTable([...allSteps.values()])),
    },
    withGeneratedTables(`${root}/steps/cli/lint/README.md`, rulesTable()),
    ...sandboxSchemas(),
    ...[...allSteps.values()]
      .filter(isStepAction)
      .flatMap((step) => [
        { path: `${root}/steps/${step.name}/${step.name}.yaml`, text: stepActionYaml(step, published()) },
        withGeneratedTables(`${root}/steps/${step.name}/README.md`, stepTables(step)),
      ]),
    ...taskNames()
      .map((name) => withGeneratedTables(`${root}/tasks/${name}/README.md`, taskTables(readTask(name), allSteps)))
      .map((file) => ({ ...file, text: withBrokenTrusts(file.text) })),
  ]
}

function withGeneratedTables(path: string, tables: string): { path: string; text: string } {
  return { path, text: withTables(readFileSync(path, 'utf8'), tables) }
}

const begin = '<!-- broken trusts: generated from test/check-trust by `npm run generate` -->'
const end = '<!-- /broken trusts -->'

/** The README of check-trust also lists what its tests break; a README without that place is left as it is. */
function withBrokenTrusts(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from < 0 || to < from) return readme
  return `${readme.slice(0, from + begin.length)}\n\n${brokenTrustTable()}\n\n${readme.slice(to)}`
}
