# Before a Debian package is put together: what its policy wants compressed (12.1, 12.7).
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
file(GLOB pages ${share}/man/man*/*.[1-8])
file(RENAME ${share}/doc/expdiag/CHANGELOG.md ${share}/doc/expdiag/changelog)
foreach(file IN LISTS pages ITEMS ${share}/doc/expdiag/changelog)
    execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
