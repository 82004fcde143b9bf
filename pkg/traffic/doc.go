// Package traffic decides what the objects that carry a Service's traffic must look like for a canary to get its share:
// VirtualServices, DestinationRules and Service selectors. It owns the form of what is written into a user's VirtualService
// during a run and the way back from it. It must not read or write a cluster, a clock or a network, must not change what it
// is given, and must not panic on anything that is decoded JSON.
//
// Objects are decoded JSON as in unstructured.Unstructured.Object, so that fields which this version doesn't know survive.
//
// # The form
//
// [Split] is Restore followed by writing the canary's destinations, so all of its promises (idempotent, any weight after any
// other, an exact way back) rest on one: Restore undoes what Split wrote into a route without a canary, for every weight, seeing
// nothing but the route. No copy of the user's route is kept, so edits to the rest of the object in the meantime survive.
//
// What the route alone must tell is what weights the user had written. Two signs do.
//
// The order says whether the user's weight was a share at all. A lone destination takes everything, whatever its weight:
//
//	{shop}             -> {shop 100−w, canary w}       behind, sum 100: there was no weight
//	{shop weight 0}    -> {shop 200−2w, canary 2w}     behind, sum 200: the weight 0, which would make both shares 0
//	{shop u}, {shop u, other v, …}                     before: the weights were shares
//	                   -> {canary su·w/100, shop su−su·w/100, other sv, …}
//
// A shop destination without a share in a route with others gets no canary.
//
// The sums say the scale s. With M the weights after each canary's is added to its shop's (so M = s × the user's weights U), and
// |·| their total:
//
//	writing:  |U| = 1                                       s = 10000
//	          |U| = 100 and every U divisible by 100        s = 1
//	          every U divisible by 100                      s = 100
//	          every shop's U·w divisible by 100             s = 1
//	          else                                          s = 100
//	reading:  |M| = 100, or an M not divisible by 100       s = 1
//	          |M| = 10000, every M divisible by 10000       s = 10000
//	          else                                          s = 100
//
// Reading is right in each case of writing: (1) M has 10000 and zeros. (2) |M| = 100. (3) Every M is divisible by 100 and
// |M| ≥ 20000, as |U| ≥ 200. (4) M = U, one of them not divisible by 100. (5) Every M is divisible by 100; |M| ≥ 200, as |U| = 1
// is case 1; and where |M| = 10000 not every M is divisible by 10000, since not every U is by 100. The first two cases could be
// left out at the price of an explicit `weight: 100`, which many people write, showing as 9000 and 1000 instead of 90 and 10.
//
// What else leads to the canary stands beside the weights and is told by itself: a first http route that no request matches, which keeps
// both hosts known to clients (known.go); a copy of a route, before it, that asks for the header (header.go); an item in a route's mirrors
// (mirror.go). The routes have names that say whose they are (ours.go): one VirtualService may lead to several Services, and what stands there
// for another is the user's as far as this one goes.
//
// Where people have edited the destinations themselves in the meantime, Restore does the best that is left: see there.
//
// The name of the canary's Service is Sluice's by definition. A destination that a user wrote with it is treated as Split's.
package traffic
