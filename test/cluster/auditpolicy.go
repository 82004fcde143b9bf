package cluster

// auditFile is the name of the API server's audit log in the cluster's folder: a JSON object per line.
const auditFile = "audit.log"

// auditPolicy says what the log has. Left out is what no test asks for and there is much of: the parts of the cluster that
// only watch, leases, events and the API's own documents. Writes to what a roll-out changes are there with both bodies, so
// that the log alone shows, say, every weight a VirtualService ever had. Each request has a line when it is received and one
// when it has been answered: from the first is known that the second is still to come.
func auditPolicy(accounts bool) string {
	all := ""
	if accounts {
		all = auditAccounts
	}
	return auditHead + all + auditRules
}

const auditHead = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [ResponseStarted]
rules:
`

// auditAccounts has all that service accounts ask for, the bodies of writes too.
const auditAccounts = `
- level: RequestResponse
  userGroups: ["system:serviceaccounts"]
  verbs: [create, update, patch, delete, deletecollection]
- level: Metadata
  userGroups: ["system:serviceaccounts"]
`

const auditRules = `
- level: None
  users: [pod-runner, prometheus, "system:apiserver"]
- level: None
  resources:
  - {group: coordination.k8s.io, resources: [leases]}
  - {group: "", resources: [events]}
  - {group: events.k8s.io, resources: [events]}
- level: None
  nonResourceURLs: ["*"]
- level: None
  users: ["system:kube-controller-manager"]
  verbs: [get, list, watch]
- level: RequestResponse
  users: ["system:serviceaccount:sluice-system:sluice"]
  verbs: [create, update, patch, delete, deletecollection]
- level: RequestResponse
  verbs: [create, update, patch, delete, deletecollection]
  resources:
  - {group: "", resources: [services, configmaps]}
  - {group: apps, resources: [deployments, deployments/status, deployments/scale, replicasets]}
  - {group: networking.istio.io}
- level: Metadata
`
