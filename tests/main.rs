//! All tests that speak to the program from outside.
