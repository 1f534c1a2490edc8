/** What Entra compares, as the line `sent` shows it. */
export const credential = ['issuer', 'subject', 'audience'] as const

/** How the credential that was missing is made. */
export const addCredential =
  `Add a federated credential with exactly these three values (case and trailing slash count):
{
  "name": "<name>",
  "issuer": "<issuer>",
  "subject": "<subject>",
  "audiences": ["<audience>"]
}
Saved as credential.json, for an app registration:
az ad app federated-credential create \\
  --id <client> --parameters credential.json
For a user-assigned managed identity:
az identity federated-credential create --name <name> \\
  --identity-name IDENTITY --resource-group GROUP \\
  --issuer '<issuer>' \\
  --subject '<subject>' \\
  --audiences '<audience>'
A new credential takes minutes to be known everywhere: the param propagation-wait waits for it.` as const
