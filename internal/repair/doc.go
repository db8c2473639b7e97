// Package repair puts memberships right: it sets who should be in a group against
// who is, makes a [Plan] of the difference, and does exactly that plan ([Apply]),
// or stops when the world is no longer the one that the plan was made on.
//
// Planning is pure. Applying speaks to AWS through [Target], and writes every step
// into a [Journal] before it is taken and after: so it can be interrupted at any
// moment and run again, and taken back ([Undo]).
//
// It repairs memberships, never users and groups: those are the identity
// provider's to make. It decides nothing about why a membership is missing; package
// diagnose does.
//
// # Guards
//
//   - Removals are held to a share of what is there ([Limit]), in each group and over
//     all groups of the plan.
//   - The groups that AWS Control Tower made are left alone unless they are named.
//   - A group whose members the evidence does not show to the end is left alone; so
//     is one that should be empty, unless it is named for it.
//   - A source of desired memberships that is empty, or was not read to its end,
//     makes no plan.
package repair
