/** An IAM action that not every push needs: what for, and all the actions that a role then wants, as the remedy names them. */
export type EcrAction = { readonly action: string; readonly purpose: string; readonly actions: string }
