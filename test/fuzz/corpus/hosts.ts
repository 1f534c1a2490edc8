export const hostCorpus = [
  'contoso.azurecr.io\n',
  'contoso.azurecr.io.',
  '.azurecr.io',
  '-.azurecr.io',
  `${'c'.repeat(64)}.azurecr.io`,
  `${'c-'.repeat(100_000)}.azurecr.io`,
  '１23456789012.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn',
  '123456789012.dkr.ecr.eu_central-1.amazonaws.com',
  `123456789012.dkr.ecr.${'a-'.repeat(100_000)}.amazonaws.com`,
]
