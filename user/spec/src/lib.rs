// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reads YNL specs: the model that the generator and the run-time engine share.
