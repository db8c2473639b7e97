// Package recall keeps the answers to all questions that may be asked of a case
// about one group or one user, so that a question is answered without the case.
//
// What is kept is no text but the answer itself, which reports of any format are
// made of; what is recalled is what package diagnose said, value for value. Answers
// lie on sheets of a few dozen, and a roll of names and ids says which sheet a
// question is on. So names that nothing bears, and names that several bear, are
// answered as well.
//
// The package does not know where sheets are kept, nor when evidence has changed:
// whoever gives it a Shelf does. It judges nothing.
package recall
