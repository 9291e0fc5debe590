#![no_main]
linecall_fuzz::target!(policy);
