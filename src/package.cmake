# Before a Debian package is put together: its change log, and what its policy wants
# compressed (12.1, 12.7).
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
file(WRITE ${share}/doc/expdiag/changelog
    "expdiag (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
    "  * CHANGELOG.md in this folder tells what is new.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  Sun, 22 Nov 2026 00:00:00 +0000\n")
file(GLOB pages ${share}/man/man*/*.[1-8])
foreach(file IN LISTS pages ITEMS ${share}/doc/expdiag/changelog)
    execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
