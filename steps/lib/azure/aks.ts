/** Entra resource of the API servers of AKS clusters with Entra integration: one app for all of them, in every tenant and cloud [K]. */
export const aksServerApp = '6dae42f8-4368-4678-94ff-3960e28e3630'
