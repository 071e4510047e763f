// Made by scripts/generate-dictionary.mjs from PS3.6 (2019e and scripts/dictionary-supplement.tsv) and scripts/common-keywords.txt. Do not edit.

/** 71 rows of TABLE (dictionary.generated.ts). */
export const COMMON = `
0002:0002UI MediaStorageSOPClassUID;0003UI MediaStorageSOPInstanceUID;0010UI TransferSyntaxUID;0012UI ImplementationClassUID;
0008:0005CS1-n SpecificCharacterSet;0008CS2-n ImageType;0016UI SOPClassUID;0018UI SOPInstanceUID;0020DA StudyDate;0021DA SeriesDate;0022DA AcquisitionDate;0030TM StudyTime;0032TM AcquisitionTime;0050SH AccessionNumber;0060CS Modality;0070LO Manufacturer;0080LO InstitutionName;1030LO StudyDescription;103ELO SeriesDescription;1090LO ManufacturerModelName;1140SQ ReferencedImageSequence;1155UI ReferencedSOPInstanceUID;
0010:0010PN PatientName;0020LO PatientID;0030DA PatientBirthDate;0040CS PatientSex;1010AS PatientAge;1030DS PatientWeight;
0018:0010LO ContrastBolusAgent;0015CS BodyPartExamined;0050DS SliceThickness;0060DS KVP;0080DS RepetitionTime;0081DS EchoTime;0087DS MagneticFieldStrength;0088DS SpacingBetweenSlices;1020LO1-n SoftwareVersions;1030LO ProtocolName;1151IS XRayTubeCurrent;1314DS FlipAngle;5100CS PatientPosition;
0020:000DUI StudyInstanceUID;000EUI SeriesInstanceUID;0010SH StudyID;0011IS SeriesNumber;0012IS AcquisitionNumber;0013IS InstanceNumber;0032DS3 ImagePositionPatient;0037DS6 ImageOrientationPatient;0052UI FrameOfReferenceUID;0060CS Laterality;1041DS SliceLocation;9111SQ FrameContentSequence;9222SQ DimensionIndexSequence;
0028:0002US SamplesPerPixel;0004CS PhotometricInterpretation;0008IS NumberOfFrames;0010US Rows;0011US Columns;0030DS2 PixelSpacing;0100US BitsAllocated;0101US BitsStored;0102US HighBit;0103US PixelRepresentation;0120xs PixelPaddingValue;0402US NumberOfTransformSteps;1050DS1-n WindowCenter;1051DS1-n WindowWidth;1052DS RescaleIntercept;1053DS RescaleSlope;
0054:1001CS Units;
7FE0:0010ox PixelData;
`

/**
 * The other elements that may have several values; all that are in neither have a VM of 1. One line a group: gggg, then
 * the steps from element to element in base 26, all digits but the last in upper case; or a colon and the elements,
 * where some are patterns.
 */
export const SEVERAL = `
0004GNxBKxBa
0008BaCgejbByiXscdcKaEQjiqqqIkgbbbFZpcFPwoBKIx
0010BoGAabDbFYmKmCq
0012Dv
0014BwccHwhbLTyUeecLJwccCmcBibb
0016cgbdbdBambxBkcqcFWo
0018BgbbodDfFWvobBsbBehHtbbledydcBcbbmEibpBwHlpUibIpqqerHvqqDJlbbbbbkBzbGIzLTbqTscFKicecgFYwgcecigqkccccMCwbnbccbtqhiEafbMxbHhebkbBvBkbbFkBkbhqcBfJmbBAfKdcBubb
0020:00200030003500801020107031xx5000500291579301930293089309930A9518
0022ccBuHQvebSk
0028:0009000A0031003200340050005100650066007000820403040404x204x307010702072108x008x308x81055110011011102110311041111111211131200140721122114300230066020602260236030604061026110611470137018702694469503950695079520
0032GCv
003ATxBst
0040bpBDbEYnJjBWWtFKnDlEnneccBnbbLzEiVJl
0042u
0044i
0046LxHxglCa
0048vJdJvb
0054qqqBgqqqqEiKmFHgTtcBdJhJf
0060SFw
0062jcc
0064hb
0066xdbbe
0068BLPmbjJwqBwqBgqBgEiBwBgBgBgBgq
006Aoc
0070qbdoBubbbuFybMhgkbBhFwJmFIahJncbTrckJibbbJtKa
0072CeewckbbbbbbcebbddccccccbdbFdKggUabrJeSm
0074GDuBdBCl
0078DcqBwq
0080gb
0088DLi
0400Bg
1000:xxx0xxx1xxx3xxx5
1010:xxxx
2010GlcBBp
2040r
2200o
3002ndbbBiIl
3004ieiBsy
3006BqBbehEo
3008CtDp
300AjcnEcBgBcoBdbbbBawqcfQboeBkFdcdccbErJhbfhKjbgdBibbeMu
300CLe
3010CtbkbByogb
4010GBsbwbbeiBaBdbze
50xxBwqHobbkcc
60xxDcwCWwdDUjbbb
`
